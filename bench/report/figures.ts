import type { Cell } from '../sections/section.ts';

/** A number with three digits that count, and no exponent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1;
  return value === 0 ? '0' : value.toFixed(Math.min(4, Math.max(0, 3 - whole)));
}

export function cellText(cell: Cell): string {
  if (cell === null) return '-';
  return typeof cell === 'number' ? (Number.isInteger(cell) ? String(cell) : figure(cell)) : cell;
}

export function percent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(0)} %`;
}
