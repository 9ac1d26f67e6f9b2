/** For any program: paths, time zone, language, resolver. */
const COMMON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'TZ',
  'TZDIR',
  'LANG',
  'LANGUAGE',
  /^LC_/,
  'NO_COLOR',
  'RES_OPTIONS',
  'LOCALDOMAIN',
]
/** For Node and OpenSSL. */
const NODE = [
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_OPTIONS',
  'NODE_USE_SYSTEM_CA',
  'OPENSSL_CONF',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'UV_THREADPOOL_SIZE',
]
/** For the dynamic loader and the allocator; libfaketime's are for tests that step the clock. */
const LOADER = [
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'GLIBC_TUNABLES',
  /^MALLOC_/,
  /^FAKETIME/,
  'DONT_FAKE_MONOTONIC',
]
const PROXIES = [/^(https?|all|no)_proxy$/i, 'NODE_USE_ENV_PROXY']
const NEXT = [/^NEXT_/]

const EVERY_CHILD = [...COMMON, ...NODE, ...LOADER]

/** The variables that each kind of child inherits. Fairlead's own settings are passed individually. */
const INHERITED = {
  node: EVERY_CHILD,
  'control-plane': [...EVERY_CHILD, ...PROXIES],
  console: [...EVERY_CHILD, ...NEXT],
  demo: EVERY_CHILD,
  network: COMMON,
  build: [...EVERY_CHILD, ...PROXIES, ...NEXT],
} as const satisfies Record<string, readonly (string | RegExp)[]>

export type ChildKind = keyof typeof INHERITED

/** The part of an environment that a kind of child inherits, without Fairlead's settings and secrets. */
export function inheritedEnvironment(
  kind: ChildKind,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const isInherited = (name: string) =>
    INHERITED[kind].some((one) => (typeof one === 'string' ? one === name : one.test(name)))
  const entries = Object.entries(env).filter(([name]) => isInherited(name))
  return Object.fromEntries(entries) as NodeJS.ProcessEnv
}
