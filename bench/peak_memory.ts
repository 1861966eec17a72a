import { readFileSync } from 'node:fs';

/** The most resident bytes that this process had. */
export function peakMemory(): number {
  // On Linux, what getrusage says includes the process that started this one.
  if (process.platform === 'linux') {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kibibytes !== undefined) return 1024 * Number(kibibytes);
  }
  return 1024 * process.resourceUsage().maxRSS;
}
