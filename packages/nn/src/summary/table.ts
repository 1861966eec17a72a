/** Which side the text of a column stands at. */
export type Side = 'left' | 'right';

/** Lines of text with aligned columns, and a rule under the header. */
export function alignColumns(header: readonly string[], rows: readonly (readonly string[])[], sides: readonly Side[]): string[] {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (sides[column] === 'left' ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)];
}

/** With separators: 1,234,567. */
export function printCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** In the largest unit that leaves a number of at least 1: 512 B, 3.1 KiB. */
export function printBytes(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  if (bytes < 1024) return `${bytes} B`;
  let [amount, unit] = [bytes / 1024, 0];
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount.toFixed(1)} ${units[unit]}`;
}
