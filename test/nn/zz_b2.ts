import { readable, writable, randn, randint, zeros } from '@convgrad/core';
import * as k from '@convgrad/core/kernels';
import { Parameter, StateBuffer } from '@convgrad/core';
for (const [P,L,C] of [[384,784,196],[1024,100,25]]) {
const g = new StateBuffer(randn([P,C])), x = new StateBuffer(zeros([P,L])), i = new StateBuffer(randint(L,[P,C]));
let best=1e9; for (let r=0;r<300;r++){const a=performance.now(); k.scatterAdd('float32', readable(g.storage), readable(i.storage), writable(x.storage), P, L, 1, C); best=Math.min(best,performance.now()-a);}
console.log(P,L,C,'scatterAdd', best.toFixed(3), 'ms');
}
