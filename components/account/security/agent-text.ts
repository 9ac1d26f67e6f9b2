// Five browsers on six systems are nearly everyone, and the strings they send are frozen by now: a library that knows
// thousands would be larger than the page.

/** The first that is found names it: Edge and Opera say that they are Chrome, and Chrome says that it is Safari. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(?:A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|HeadlessChrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/\S+ .*Safari\//, 'Safari'],
]

const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone\b|\biPad\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

const PROGRAM = /^([\w.-]{1,40})/

const nameIn = (names: readonly [RegExp, string][], agent: string) =>
  names.find(([pattern]) => pattern.test(agent))?.[1]

/** What a session was opened with, of the User-Agent that it came with: "Firefox on Linux", "curl". */
export function agentWords(agent: string | null): string {
  const browser = nameIn(BROWSERS, agent ?? '')
  const system = nameIn(SYSTEMS, agent ?? '')
  if (browser) return system ? `${browser} on ${system}` : browser
  const program = PROGRAM.exec(agent ?? '')?.[1]
  return program && program !== 'Mozilla' ? program : 'Something unknown'
}
