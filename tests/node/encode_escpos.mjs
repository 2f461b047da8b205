// A page on standard input, one byte a dot and 1 black; what receipt-printer-encoder sends for it on standard output:
// node encode_escpos.mjs WIDTH HEIGHT
import { readFileSync, writeSync } from "node:fs";
import ReceiptPrinterEncoder from "@point-of-sale/receipt-printer-encoder";

const [width, height] = process.argv.slice(2).map(Number);
const dots = readFileSync(0);
const data = new Uint8ClampedArray(width * height * 4);
dots.forEach((dot, at) => data.set([255 * (1 - dot), 255 * (1 - dot), 255 * (1 - dot), 255], 4 * at));
const encoder = new ReceiptPrinterEncoder({ language: "esc-pos", imageMode: "raster", feedBeforeCut: 0 });
const bytes = encoder.initialize().image({ width, height, data }, width, height, "threshold", 128).cut().encode();
writeSync(1, Buffer.from(bytes));
