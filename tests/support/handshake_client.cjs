// A PLC on node's modbus-serial: reads the whole map and takes one part through the handshake.
// Arguments: port, part id. Prints one JSON object.
"use strict";
const ModbusRTU = require("modbus-serial");

const [port, partId] = process.argv.slice(2).map(Number);
const ENABLE = 1, TRIGGER = 2, ACK = 8;
const READY = 1, TRIGGER_ACK = 2, VALID = 1 << 11;
const client = new ModbusRTU();
let heartbeat = 0;

const u32 = (words, at) => words[at] * 65536 + words[at + 1];

async function write(control, sequence) {
    heartbeat += 1;
    await client.writeRegisters(0, [
        control, heartbeat, 0, 0, partId >>> 16, partId & 0xffff, 0, 9, sequence >>> 16, sequence & 0xffff,
    ]);
}

async function until(bit, up) {
    for (;;) {
        const words = (await client.readInputRegisters(0, 62)).data;
        if (Boolean(words[3] & bit) === up) return words;
    }
}

async function main() {
    await client.connectTCP("127.0.0.1", { port });
    client.setID(1);
    client.setTimeout(5000);
    const map = (await client.readInputRegisters(0, 62)).data;
    const mirror = (await client.readHoldingRegisters(1000, 62)).data;
    let refused = 0;
    await client.readInputRegisters(62, 1).catch((error) => { refused = error.modbusCode; });
    await write(ENABLE, 0);
    await until(READY, true);
    await write(ENABLE | TRIGGER, 0);
    const acquisitionId = u32(await until(TRIGGER_ACK, true), 15);
    await write(ENABLE, 0);
    await until(TRIGGER_ACK, false);
    const record = await until(VALID, true);
    await write(ENABLE | ACK, u32(record, 20));
    await until(VALID, false);
    await write(ENABLE, 0);
    console.log(JSON.stringify({ map, mirror, refused, acquisitionId, record }));
    await new Promise((resolve) => client.close(resolve));
}

main().catch((error) => { console.error(error); process.exit(1); });
