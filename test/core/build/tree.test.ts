import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

describe('the committed tree', () => {
  it('holds no binary but compressed golden cases', () => {
    const listing = execFileSync('git', ['ls-files', '-z'], { cwd: repository, encoding: 'utf8' });
    const files = listing.split('\0').filter((file) => file !== '' && !file.endsWith('.jsonl.gz') && existsSync(join(repository, file)));
    expect(files.filter((file) => readFileSync(join(repository, file)).includes(0))).to.deep.equal([]);
  });
});
