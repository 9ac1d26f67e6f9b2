import { RE2JS } from 're2js'
import { PathAutomaton } from './path-automaton.ts'

/** The maximum length of a pattern. */
export const PATTERN_MAX = 255
/** The maximum number of instructions of a compiled pattern. Its cost, `steps`, is limited per frontend. */
export const PATTERN_INSTRUCTIONS_MAX = 500

/** The pattern is invalid; `message` says why, as a sentence. */
export class PathPatternError extends Error {}

/**
 * Compiles a regular expression in RE2 syntax: Perl's without look-around and back-references, which need backtracking. It is
 * case-sensitive and unanchored, and `.` matches any character.
 * @throws PathPatternError
 */
export function compilePathPattern(pattern: string): PathAutomaton {
  if (pattern === '') throw new PathPatternError('Enter a regular expression.')
  if (pattern.length > PATTERN_MAX) {
    throw new PathPatternError(
      `The regular expression is longer than ${PATTERN_MAX} characters. Split it into several values.`,
    )
  }
  // Compiling a pattern with too many repetitions could take 100 ms, so they are counted first.
  if (repetitionsOf(pattern) > PATTERN_INSTRUCTIONS_MAX) throw tooManyRepetitions()
  const { inst: instructions, start } = compile(pattern).re2Input.prog
  if (instructions.length > PATTERN_INSTRUCTIONS_MAX) throw tooManyRepetitions()
  return new PathAutomaton(instructions, start)
}

/** Why a pattern is invalid, as a sentence; null if it is valid. */
export function pathPatternProblem(pattern: string): string | null {
  try {
    compilePathPattern(pattern)
    return null
  } catch (error) {
    if (error instanceof PathPatternError) return error.message
    throw error
  }
}

function tooManyRepetitions(): PathPatternError {
  return new PathPatternError(
    'The regular expression has too many repetitions, so matching would take too long. Use smaller counts in {…}.',
  )
}

/** Quoted text, an escape, a character class, or a count. */
const PARTS =
  /\\Q.*?(?:\\E|$)|\\x\{[^}]*\}|\\.|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}/gs

/** The sum of all counts in a pattern: a lower bound for its instructions. */
function repetitionsOf(pattern: string): number {
  let sum = 0
  for (const [, least, most] of pattern.matchAll(PARTS))
    sum += Math.max(Number(least ?? 0), Number(most ?? 0))
  return sum
}

function compile(pattern: string): RE2JS {
  try {
    // A path can contain a percent-encoded line break, which a dot must match too.
    return RE2JS.compile(pattern, RE2JS.DOTALL)
  } catch (error) {
    throw new PathPatternError(compileErrorMessage(error as { error?: string; input?: string }))
  }
}

const REASONS: [RegExp, string][] = [
  [
    /Perl syntax|named capture/,
    'is not supported: look-around and back-references could take too long',
  ],
  [/missing closing \)/, 'has a ( without a )'],
  [/unexpected \)/, 'has a ) without a ('],
  [/missing closing \]/, 'has a [ without a ]'],
  [
    /character class range/,
    'is not a valid character range or class; a range begins with its first character',
  ],
  [/escape sequence/, 'is not a supported escape sequence; back-references are not supported'],
  [/trailing backslash/, 'ends in a backslash that escapes nothing'],
  [/missing argument/, 'has nothing to repeat before it'],
  [/repeat count/, 'has a count above 1,000, or a maximum below the minimum'],
  [/repetition operator/, 'repeats a repetition'],
  [/nest/, 'nests groups too deeply'],
]

function compileErrorMessage({
  error = '',
  input,
}: {
  error?: string
  input?: string | null
}): string {
  const reason = REASONS.find(([words]) => words.test(error))?.[1] ?? 'is invalid'
  // RE2 prefixes the input with the flag.
  const part = input?.replace(/^\(\?s\)/, '')
  return part
    ? `In the regular expression, “${part}” ${reason}.`
    : `The regular expression ${reason}.`
}
