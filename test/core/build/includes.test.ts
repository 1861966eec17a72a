import { expect } from 'chai';
import { withIncludes } from '../../../packages/core/build/includes.ts';

describe('the files that an object is made of', () => {
  const sources = new Map([
    ['a.h', '#include "part/b.h"\n#include <cmath>\n'],
    ['part/b.h', '  #  include "c.h"\n#include "a.h"\n'],
    ['part/c.h', '// #include "not_this.h"\n'],
    ['c.h', ''],
    ['not_this.h', ''],
  ]);

  it('are found through headers, beside the file that includes them first, in circles too', () => {
    const files = withIncludes('main.cc', '#include "a.h"\n', (path) => sources.get(path));
    expect([...files.keys()]).to.deep.equal(['main.cc', 'a.h', 'part/b.h', 'part/c.h']);
  });

  it('leave out what is not there', () => {
    const files = withIncludes('main.cc', '#include "absent.h"\n', (path) => sources.get(path));
    expect([...files.keys()]).to.deep.equal(['main.cc']);
  });
});
