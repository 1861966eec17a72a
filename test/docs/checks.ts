import {
  type ExpressionStatement,
  getTrailingCommentRanges,
  isExpressionStatement,
  isVariableStatement,
  type Node,
  type SourceFile,
  type VariableStatement,
} from 'typescript/unstable/ast';
import { type Expectation, parseExpectation } from './expectation.ts';

/** A comment that says what the expression or the declaration before it gives. */
export interface Check {
  readonly comment: string;
  readonly expectation: Expectation;
  readonly statement: ExpressionStatement | VariableStatement;
}

/** The comments in a file that say what the code before them gives. */
export function checksIn(file: SourceFile): Check[] {
  const checks: Check[] = [];
  const visit = (node: Node): void => {
    if (isExpressionStatement(node) || isVariableStatement(node)) {
      const comment = commentBehind(node, file.text);
      const expectation = parseExpectation(comment);
      if (expectation !== null) checks.push({ comment, expectation, statement: node });
    }
    node.forEachChild(visit);
  };
  visit(file);
  return checks;
}

/** The text with a call of `check(index, () => value)` for each check. */
export function withChecks(text: string, checks: readonly Check[]): string {
  const insertions = checks.flatMap(({ statement }, index) => {
    if (isVariableStatement(statement)) return [{ at: statement.end, text: `; check(${index}, () => ${declaredBy(statement)});` }];
    return [
      { at: statement.expression.getStart(), text: `check(${index}, () => (` },
      { at: statement.expression.end, text: '))' },
    ];
  });
  let changed = text;
  for (const { at, text: added } of insertions.sort((one, other) => other.at - one.at)) {
    changed = changed.slice(0, at) + added + changed.slice(at);
  }
  return changed;
}

/** The comment on the line on which a statement ends; '' if there is none. */
function commentBehind(statement: Node, text: string): string {
  const range = getTrailingCommentRanges(text, statement.end)?.at(-1);
  return range === undefined ? '' : text.slice(range.pos, range.end).replace(/^\/\/\s*/, '');
}

/** What a declaration declares: one name, or a list of several. */
function declaredBy(statement: VariableStatement): string {
  const names = [...statement.declarationList.declarations].flatMap(({ name }) => name.getText().match(/[A-Za-z_$][\w$]*/g) ?? []);
  return names.length === 1 ? names[0] : `[${names.join(', ')}]`;
}
