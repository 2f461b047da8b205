// ZPL on standard input, a picture of its label as PNG on standard output: node render_zpl.mjs WIDTH_MM HEIGHT_MM
import { readFileSync, writeSync } from "node:fs";
import { ready } from "zpl-renderer-js";

const [width, height] = process.argv.slice(2).map(Number);
const { api } = await ready;
const picture = await api.zplToBase64Async(readFileSync(0, "latin1"), width, height, 8);
writeSync(1, Buffer.from(picture, "base64"));
process.exit(0);
