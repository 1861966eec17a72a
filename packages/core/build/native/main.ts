#!/usr/bin/env node
// `npm run build:native` in a checkout, `npx convgrad-build-native` elsewhere: builds the native kernels with this machine's compiler.
import { ConvgradError } from '../../src/errors.ts';
import { buildFolders } from '../paths.ts';
import { buildAddon } from './build.ts';

try {
  const { outcome, path } = await buildAddon(buildFolders());
  console.log(outcome === 'built' ? `built ${path}` : `${path} is up to date`);
} catch (error) {
  if (!(error instanceof ConvgradError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
