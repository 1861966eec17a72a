import {
  isClassDeclaration,
  isGetAccessorDeclaration,
  isMethodDeclaration,
  isPrivateIdentifier,
  isSetAccessorDeclaration,
  ModifierFlags,
  type Node,
} from 'typescript/unstable/ast';
import { type Symbol as DeclaredSymbol, SymbolFlags } from 'typescript/unstable/sync';
import { has, type Program } from './program.ts';

/** Something that a package exports. */
export interface Exported {
  readonly name: string;
  readonly symbol: DeclaredSymbol;
}

/** What the module at `path` exports, and what the namespaces among its exports hold. */
export function exportedBy(program: Program, path: string): Exported[] {
  return [...program.exportsOf(path)].flatMap(([name, symbol]) => {
    if (!has(symbol, SymbolFlags.ValueModule)) return [{ name, symbol }];
    return [...symbol.getExports().values()].map((member) => ({ name: `${name}.${member.name}`, symbol: program.declared(member) }));
  });
}

/** Whether it is a function, or a class to make objects of. */
export function isCalled(program: Program, { symbol }: Exported): boolean {
  return has(symbol, SymbolFlags.Function) || (has(symbol, SymbolFlags.Class) && !isAbstract(program, symbol));
}

/** Something that can be called. */
export interface Callable {
  readonly name: string;
  readonly symbol: DeclaredSymbol;
  /** Whose docstrings tell of its errors. */
  readonly documentedBy: readonly DeclaredSymbol[];
}

/**
 * What can be called of an export: a function itself; of a class the constructor, which the class's docstring may speak for, and its own
 * public methods, but not `forward`, which throws what the function throws that it calls.
 */
export function callablesOf(program: Program, { name, symbol }: Exported): Callable[] {
  if (has(symbol, SymbolFlags.Function)) return [{ name, symbol, documentedBy: [symbol] }];
  if (!has(symbol, SymbolFlags.Class)) return [];
  return [...symbol.getMembers().values()].flatMap((member) => {
    if (has(member, SymbolFlags.Constructor))
      return isAbstract(program, symbol) ? [] : [{ name, symbol: member, documentedBy: [symbol, member] }];
    const isPublic = member.name !== 'forward' && program.declarationsOf(member).every(isOwnPublicMethod);
    return isPublic ? [{ name: `${name}.${member.name}`, symbol: member, documentedBy: [member] }] : [];
  });
}

function isAbstract(program: Program, symbol: DeclaredSymbol): boolean {
  const declarations = program.declarationsOf(symbol).filter(isClassDeclaration);
  return declarations.some(({ modifierFlags }) => (modifierFlags & ModifierFlags.Abstract) !== 0);
}

const notOwnOrPublic = ModifierFlags.Private | ModifierFlags.Protected | ModifierFlags.Override;

function isOwnPublicMethod(node: Node): boolean {
  if (!isMethodDeclaration(node) && !isGetAccessorDeclaration(node) && !isSetAccessorDeclaration(node)) return false;
  return (node.modifierFlags & notOwnOrPublic) === 0 && !isPrivateIdentifier(node.name);
}
