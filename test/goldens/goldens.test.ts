import { listFolder, ownFolder, readLines } from './golden_folder.ts';
import { describeCase, runCase } from './runner.ts';

describe('golden cases', () => {
  for (const file of listFolder(ownFolder).files) {
    describe(file.family, () => {
      for (const line of readLines(file)) {
        const { name, precisions } = describeCase(file.family, line);
        for (const precision of precisions) it(`${name} in ${precision}`, () => runCase(file.family, line, precision));
      }
    });
  }
});
