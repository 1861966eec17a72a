/*
 * tfjs_lone.mjs BACKEND WORKLOAD PASS MILLISECONDS: runs one task of TensorFlow.js in a process of its own, as lone.ts does.
 */
import { readFileSync } from 'node:fs';
import { repeat } from './repeat.mjs';
import { load, runOf } from './tfjs_tasks.mjs';

const [, , backend, workload, pass, milliseconds] = process.argv;
const run = runOf(await load(backend), workload, pass);
if (run === undefined) throw new Error(`TensorFlow.js has no ${workload}`);
run();
process.stdout.write('first\n');
const times = repeat(run, Number(milliseconds)).sort((a, b) => a - b);
const [, kibibytes] = process.platform === 'linux' ? (/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []) : [];
const peakBytes = 1024 * Number(kibibytes ?? process.resourceUsage().maxRSS);
process.stdout.write(`${JSON.stringify({ medianMs: times[times.length >> 1], peakBytes })}\n`);
