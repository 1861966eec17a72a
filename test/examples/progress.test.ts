import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { createProgress, type ProgressStream } from '../../examples/mnist/progress.ts';

/** A stream that keeps what was written, and says of itself that it is a terminal of 80 columns. */
class FakeTerminal extends Writable implements ProgressStream {
  readonly isTTY = true;
  readonly columns = 80;
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** What stands in the bar's line after each time it was drawn. */
function drawn(text: string): string[] {
  const toLineStart = '\u001b[1G';
  return text
    .split(toLineStart)
    .slice(1)
    .map((frame) => stripVTControlCharacters(frame.replace('\u001b8', '')).trimEnd());
}

describe("the example's progress in a terminal", () => {
  it('is one line with a bar, loss, images a second and time left, within 80 columns', () => {
    const terminal = new FakeTerminal();
    const progress = createProgress('epoch 12/20', 60_000, terminal);
    progress.update({ images: 15_000, loss: 0.25, imagesPerSecond: 400 });
    progress.stop();
    const frames = drawn(terminal.text);
    expect(frames[0]).to.equal(`epoch 12/20 ${'░'.repeat(20)}   0 % | starting`);
    expect(frames.at(-1)).to.equal(`epoch 12/20 ${'█'.repeat(5)}${'░'.repeat(15)}  25 % | loss 0.2500 | 400 images/s | 113 s left`);
    for (const frame of frames) expect(frame.length).to.be.at.most(80);
    expect(terminal.text).to.match(/\n$/);
  });

  it('leaves cursor and line wrapping as they are, so that a sudden end spoils nothing', () => {
    const terminal = new FakeTerminal();
    createProgress('epoch 1/2', 100, terminal).stop();
    expect(terminal.text).to.not.match(/\[\?(25|7)l/);
  });
});
