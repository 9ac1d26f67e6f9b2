/** The first of `prefix-1`, `prefix-2`, … that is not taken. */
export function freeName(prefix: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = `${prefix}-${number}`
    if (!taken.includes(name)) return name
  }
}
