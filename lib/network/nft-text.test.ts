import { expect, test } from 'vitest'
import { addElements, chainsOf, milliseconds, removeElements, setElements } from './nft-text.ts'

test('elements of a set with timeouts', () => {
  const listing = `table netdev fairlead {
	set heard {
		type mark
		flags dynamic,timeout
		elements = { 0x00000034 timeout 1m expires 59s588ms,
			     0x00000035 timeout 1m expires 1m }
	}
}
`
  expect(setElements(listing)).toEqual([
    ['0x00000034', '59s588ms'],
    ['0x00000035', '1m'],
  ])
})

test('elements of a map, of a concatenation, and none', () => {
  expect(setElements('elements = { 10.1.1.1 : 0x0000000d, 10.1.1.2 : 0x0000000e }')).toEqual([
    ['10.1.1.1', '0x0000000d'],
    ['10.1.1.2', '0x0000000e'],
  ])
  expect(setElements('elements = { 10.1.1.1 : 02:00:00:00:00:01 }')).toEqual([
    ['10.1.1.1', '02:00:00:00:00:01'],
  ])
  expect(setElements('elements = { 0x0000000d . 10.1.1.1 timeout 10s expires 9s992ms }')).toEqual([
    ['0x0000000d . 10.1.1.1', '9s992ms'],
  ])
  expect(setElements('table netdev fairlead { set alive { type mark } }')).toEqual([])
})

test('chains of several tables', () => {
  const listing = `table netdev fairlead {
	chain layout_1 {
	}
	chain sent {
		type filter hook egress device "lo" priority filter; policy accept;
	}
}
table ip fairlead {
	chain copy {
		type filter hook output priority filter; policy accept;
	}
}
`
  const chains = ['netdev fairlead layout_1', 'netdev fairlead sent', 'ip fairlead copy']
  expect([...chainsOf(listing)]).toEqual(chains)
  expect(chainsOf('').size).toBe(0)
})

test.each([
  ['59s588ms', 59_588],
  ['1m', 60_000],
  ['1h2m3s4ms', 3_723_004],
  ['92ms', 92],
])('%s', (text, ms) => {
  expect(milliseconds(text)).toBe(ms)
})

test('removing what may not be there adds it first', () => {
  expect(removeElements('leaving', ['10.0.0.1', '10.0.0.2'])).toEqual([
    'add element netdev fairlead leaving { 10.0.0.1, 10.0.0.2 }',
    'delete element netdev fairlead leaving { 10.0.0.1, 10.0.0.2 }',
  ])
  expect([...removeElements('leaving', []), ...addElements('leaving', [])]).toEqual([])
})
