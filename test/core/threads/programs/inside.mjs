// A user's worker thread, which runs the program inside itself.
import { register } from 'tsx/esm/api';

register();
await import('./launches.ts');
