import { interfaceVersion } from '../layout.ts';

/** Version of Node's binary interface that the addon is compiled for: every Node from 18 on has it. */
export const nodeApiVersion = 8;

/** What the names of all addons for this platform begin with. */
export const nativeFilePrefix = `convgrad-${process.platform}-${process.arch}-`;

/** Name of the addon for this platform and this version of the kernels, inside the package's `native` folder. */
export const nativeFileName = `${nativeFilePrefix}napi${nodeApiVersion}-${(interfaceVersion >>> 0).toString(16).padStart(8, '0')}.node`;
