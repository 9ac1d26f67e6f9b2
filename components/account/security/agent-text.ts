// Five browsers on six systems cover nearly everyone, and their User-Agent strings are frozen. A library that knows thousands
// would be larger than the page.

/** The first match decides: Edge and Opera also claim to be Chrome, and Chrome claims to be Safari. */
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

/** The program of a User-Agent: "Firefox on Linux", "curl". */
export function agentText(agent: string | null): string {
  const browser = nameIn(BROWSERS, agent ?? '')
  const system = nameIn(SYSTEMS, agent ?? '')
  if (browser) return system ? `${browser} on ${system}` : browser
  const program = PROGRAM.exec(agent ?? '')?.[1]
  return program && program !== 'Mozilla' ? program : 'Something unknown'
}
