/** A module as PyTorch prints it: the options on one line, or the children indented below. */
export function printModule(name: string, options: string, children: readonly (readonly [name: string, text: string])[]): string {
  const optionLines = options === '' ? [] : options.split('\n');
  if (children.length === 0 && optionLines.length <= 1) return `${name}(${options})`;
  const lines = [...optionLines, ...children.map(([child, text]) => `(${child}): ${text}`)];
  return `${name}(\n${lines.map(indent).join('\n')}\n)`;
}

function indent(text: string): string {
  return `  ${text.replaceAll('\n', '\n  ')}`;
}

/** `name=value` for each option, the value as it would be written. */
export function printOptions(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${printValue(value)}`)
    .join(', ');
}

function printValue(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(printValue).join(', ')}]` : String(value);
}
