import { RE2JS } from 're2js'
import { PathAutomaton } from './path-automaton.ts'

/** Characters of a pattern. */
export const PATTERN_MAX = 255
/** Instructions of a compiled pattern. Its cost, `steps`, is bounded per frontend. */
export const PATTERN_INSTRUCTIONS_MAX = 500

/** A pattern that can't be used; `message` says why, in a sentence. */
export class PathPatternError extends Error {}

/**
 * Compiles a regular expression in RE2's language: Perl's, without what needs backtracking (look-around and
 * back-references). It is case-sensitive, matches anywhere unless `^` or `$` say otherwise, and `.` is any character.
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

/** Why a text is no regular expression that can be used, in a sentence; null where it is one. */
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
    'The regular expression repeats too much: matching it would take too long. Use smaller counts in {…}.',
  )
}

/** Quoted text, an escape, a class of characters, or a count. */
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
    // A line break can be in a path, percent-encoded, and must not hide the rest of it from a dot.
    return RE2JS.compile(pattern, RE2JS.DOTALL)
  } catch (error) {
    throw new PathPatternError(compileErrorMessage(error as { error?: string; input?: string }))
  }
}

const REASONS: [RegExp, string][] = [
  [
    /Perl syntax|named capture/,
    'is not supported: look-around, back-references and the like would take too long for some paths',
  ],
  [/missing closing \)/, 'has a ( without its )'],
  [/unexpected \)/, 'has a ) without its ('],
  [/missing closing \]/, 'has a [ without its ]'],
  [
    /character class range/,
    'is no range or class of characters that is known; a range begins with its first character',
  ],
  [/escape sequence/, 'is not an escape sequence that is supported; back-references are not'],
  [/trailing backslash/, 'ends in a backslash that escapes nothing'],
  [/missing argument/, 'repeats nothing: something has to stand before it'],
  [/repeat count/, 'repeats more than 1,000 times, or less often at most than at least'],
  [/repetition operator/, 'repeats a repetition'],
  [/nest/, 'has groups inside groups too many times'],
]

function compileErrorMessage({
  error = '',
  input,
}: {
  error?: string
  input?: string | null
}): string {
  const reason = REASONS.find(([words]) => words.test(error))?.[1] ?? "can't be read"
  // Before what it was given it puts the flag that it was given.
  const part = input?.replace(/^\(\?s\)/, '')
  return part
    ? `In the regular expression, “${part}” ${reason}.`
    : `The regular expression ${reason}.`
}
