/**
 * The name of the method by which console.log and the REPL print an object of a class: Node's `inspect.custom`, which is registered
 * by name, so that it can be had without Node.
 *
 * @example inspectSymbol.description // 'nodejs.util.inspect.custom'
 */
export const inspectSymbol: unique symbol = Symbol.for('nodejs.util.inspect.custom');
