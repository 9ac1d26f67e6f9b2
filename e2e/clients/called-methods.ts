/** Protected: what its `list…` calls. */
const INNER = /^pageOf/

/** Notes which methods of an API class of the SDK are called; they are properties that hold functions. */
export function noteCalls<Api extends object>(api: Api): { api: Api; uncalled: () => string[] } {
  const called = new Set<string | symbol>()
  const noted = new Proxy(api, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        called.add(name)
        return (value as (...args: unknown[]) => unknown)(...args)
      }
    },
  })
  const methods = Object.entries(api)
    .filter(([name, value]) => typeof value === 'function' && !INNER.test(name))
    .map(([name]) => name)
  const uncalled = () => methods.filter((name) => !called.has(name))
  return { api: noted, uncalled }
}
