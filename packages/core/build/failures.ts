/** A step of a build that failed, and what the compiler said. */
export interface StepFailure {
  /** `link`, or source and scalar. */
  readonly step: string;
  readonly messages: string;
}

/** The failures as they are told: a source that fails alike for several scalars is told once. */
export function describeFailures(failures: readonly StepFailure[]): string[] {
  const stepsOf = new Map<string, string[]>();
  const firstMessages = new Map<string, string>();
  for (const { step, messages } of failures) {
    const [source = '', scalar = ''] = step.split(' ');
    const alike = messages
      .replaceAll(`${source}_${scalar}.cc`, `${source}.cc`)
      .replaceAll(/\b(float|double|int|unsigned char|f32|f64|i32|u8)\b/g, 'T');
    stepsOf.set(alike, [...(stepsOf.get(alike) ?? []), step]);
    firstMessages.set(alike, firstMessages.get(alike) ?? messages);
  }
  return [...stepsOf].map(([alike, steps]) => `failed: ${steps.join(', ')}\n${firstMessages.get(alike)}`);
}
