// A PLC on node's modbus-serial that is itself the server: its program, run every millisecond,
// takes one part through the handshake. Arguments: port, part id. Prints "listening", then the record.
"use strict";
const { ServerTCP } = require("modbus-serial");

const [port, partId] = process.argv.slice(2).map(Number);
const INPUT = 100;
const ENABLE = 1, TRIGGER = 2, ACK = 8;
const READY = 1, TRIGGER_ACK = 2, VALID = 1 << 11;
const memory = new Uint16Array(200);
const u32 = (at) => memory[INPUT + at] * 65536 + memory[INPUT + at + 1];
const up = (bit) => Boolean(memory[INPUT + 3] & bit);

const server = new ServerTCP({
    getHoldingRegister: (address) => memory[address],
    setRegister: (address, value) => { memory[address] = value; },
}, { host: "127.0.0.1", port, unitID: 1 });
server.on("initialized", () => console.log("listening"));

let step = 0;
let record = null;
const steps = [
    () => { memory[0] = ENABLE; return up(READY); },
    () => { memory[4] = partId >>> 16; memory[5] = partId & 0xffff; memory[0] = ENABLE | TRIGGER; return up(TRIGGER_ACK); },
    () => { memory[0] = ENABLE; return !up(TRIGGER_ACK); },
    () => {
        if (!up(VALID) || u32(20) !== u32(38)) return false;
        record = Array.from(memory.slice(INPUT, INPUT + 62));
        return true;
    },
    () => { memory[8] = record[20]; memory[9] = record[21]; memory[0] = ENABLE | ACK; return !up(VALID); },
    () => { memory[0] = ENABLE; console.log(JSON.stringify(record)); return true; },
];
const scan = setInterval(() => {
    memory[1] += 1;
    if (step < steps.length && steps[step]()) step += 1;
}, 1);
process.stdin.on("end", () => { clearInterval(scan); server.close(() => process.exit(0)); });
process.stdin.resume();
