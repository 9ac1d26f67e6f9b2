/** A name as an identifier of any language: small letters, digits and `_`, a letter first; "" where nothing is left. */
function labelOf(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
  return plain.replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^[_0-9]+|_+$/g, '')
}

const bare = (label: string) => label.replaceAll('_', '')

/**
 * An identifier for each name, no two the same, also without their `_`, as in camel case. `kind` is the identifier of a
 * name that has no letter.
 */
export function labelsOf(names: readonly string[], kind: string): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const wanted = labelOf(name) || kind
    let label = wanted
    for (let count = 2; taken.has(bare(label)); count += 1) label = `${wanted}_${count}`
    taken.add(bare(label))
    return label
  })
}
