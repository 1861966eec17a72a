import Table from 'cli-table3';

/** Counts of test images by their true digit (row) and the one that was predicted (column). */
export class ConfusionMatrix {
  readonly counts: readonly number[][];

  constructor(classes = 10) {
    this.counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  }

  add(actual: ArrayLike<number>, predicted: ArrayLike<number>): void {
    for (let index = 0; index < actual.length; index++) this.counts[actual[index]][predicted[index]]++;
  }

  get total(): number {
    return this.counts.flat().reduce((sum, count) => sum + count, 0);
  }

  /** Share of right predictions, 0 to 1; NaN of none. */
  get accuracy(): number {
    return this.counts.reduce((sum, row, digit) => sum + row[digit], 0) / this.total;
  }

  /** As a table: a row a digit, with the share of it that was recognised. */
  toString(): string {
    const table = new Table({
      head: ['', ...this.counts.map((_, digit) => `${digit}`), 'recall'],
      style: { head: [], border: [], compact: true },
    });
    this.counts.forEach((row, digit) => {
      const images = row.reduce((sum, count) => sum + count, 0);
      const recall = images === 0 ? '-' : `${((100 * row[digit]) / images).toFixed(1)} %`;
      table.push([`${digit}`, ...row.map((count) => (count === 0 ? '.' : `${count}`)), recall]);
    });
    return table.toString();
  }
}
