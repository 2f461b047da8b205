// receiptio's own client against the printer at PORT of this machine, what it found on standard output:
// node ask_receiptio.cjs PORT OPTIONS, the receipt on standard input. It only knows port 9100, so that is replaced.
const net = require("node:net");
const { readFileSync, writeSync } = require("node:fs");

const connect = net.connect;
const [port, options] = process.argv.slice(2);
net.connect = (_, host) => connect(Number(port), host);
const receiptio = require("receiptio");

receiptio.print(readFileSync(0, "utf8"), `-d 127.0.0.1 -p escpos ${options}`).then((found) => {
  writeSync(1, found);
  process.exit(0);
});
