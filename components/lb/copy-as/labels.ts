/** A name as an identifier: lower-case letters, digits and `_`, a letter first; "" where nothing is left. */
function labelOf(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
  return plain.replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^[_0-9]+|_+$/g, '')
}

const withoutUnderscores = (label: string) => label.replaceAll('_', '')

/**
 * A unique identifier for each name. They differ in camel case too, which drops the `_`.
 * @param kind the identifier of a name without letters
 */
export function labelsOf(names: readonly string[], kind: string): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const base = labelOf(name) || kind
    let label = base
    for (let count = 2; taken.has(withoutUnderscores(label)); count += 1) label = `${base}_${count}`
    taken.add(withoutUnderscores(label))
    return label
  })
}
