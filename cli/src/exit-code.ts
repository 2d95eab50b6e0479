/** What the program tells the shell. */
export const ExitCode = {
  DONE: 0,
  FAILED: 1,
  USAGE: 2,
  NOT_SIGNED_IN: 3,
  NOT_FOUND: 4,
  CONFLICT: 5,
  UNAVAILABLE: 6,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
