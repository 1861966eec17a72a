import {
  isArrowFunction,
  isCallExpression,
  isFunctionDeclaration,
  isFunctionExpression,
  isIdentifier,
  isNewExpression,
  isThrowStatement,
  isVariableDeclaration,
  type Node,
} from 'typescript/unstable/ast';
import type { Symbol as DeclaredSymbol } from 'typescript/unstable/sync';
import { type Program, pathInRepository } from './program.ts';

/** Finds out by the sources which errors functions throw. */
export class ThrownErrors {
  private readonly program: Program;
  private readonly known = new Map<Node, Found>();

  constructor(program: Program) {
    this.program = program;
  }

  /** The classes of the errors that a function throws itself, or in a function of the packages that it calls. */
  of(symbol: DeclaredSymbol): Set<string> {
    const classes = new Set<string>();
    for (const declaration of this.program.declarationsOf(symbol)) {
      const { thrown, called } = this.lookInto(declaration);
      for (const name of thrown) classes.add(name);
      for (const callee of called) for (const name of this.lookInto(callee).thrown) classes.add(name);
    }
    return classes;
  }

  private lookInto(declaration: Node): Found {
    const known = this.known.get(declaration);
    if (known !== undefined) return known;
    const found: Found = { thrown: new Set(), called: new Set() };
    this.known.set(declaration, found);
    const visit = (node: Node): void => {
      if (isThrowStatement(node)) found.thrown.add(this.classOf(node.expression));
      if (isCallExpression(node) && isIdentifier(node.expression)) {
        for (const callee of this.bodiesOf(node.expression)) found.called.add(callee);
      }
      node.forEachChild(visit);
    };
    visit(declaration);
    return found;
  }

  private classOf(thrown: Node): string {
    if (isNewExpression(thrown)) return thrown.expression.getText();
    const type = this.program.checker.getTypeAtLocation(thrown);
    return type === undefined ? thrown.getText() : this.program.checker.typeToString(type);
  }

  /** The functions of the packages that a name stands for. */
  private bodiesOf(name: Node): Node[] {
    const symbol = this.program.checker.getSymbolAtLocation(name);
    if (symbol === undefined) return [];
    return this.program.declarationsOf(this.program.declared(symbol)).filter((node) => {
      return isFunction(node) && pathInRepository(node.getSourceFile().fileName).startsWith('packages/');
    });
  }
}

interface Found {
  readonly thrown: Set<string>;
  readonly called: Set<Node>;
}

function isFunction(node: Node): boolean {
  if (isFunctionDeclaration(node)) return true;
  return (
    isVariableDeclaration(node) &&
    node.initializer !== undefined &&
    (isArrowFunction(node.initializer) || isFunctionExpression(node.initializer))
  );
}
