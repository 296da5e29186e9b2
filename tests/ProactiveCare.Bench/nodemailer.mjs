// nodemailer.mjs MODULES LETTER PORT SESSIONS COUNT: sends one letter COUNT times, pooled, and prints the seconds.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, letter, port, sessions, count] = process.argv.slice(2);
const nodemailer = createRequire(`${modules}/`)('nodemailer');
const message = JSON.parse(readFileSync(letter, 'utf8'));
const transport = nodemailer.createTransport({
  pool: true, host: '127.0.0.1', port: Number(port), secure: false, ignoreTLS: true,
  maxConnections: Number(sessions), maxMessages: Infinity,
});
const started = process.hrtime.bigint();
await Promise.all(Array.from({ length: Number(count) }, () => transport.sendMail(message)));
console.log(Number(process.hrtime.bigint() - started) / 1e9);
transport.close();
