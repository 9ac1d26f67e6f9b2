import * as z from 'zod'
import type { AddressNumber } from '#lib/core/subnet.ts'

/** IPv4 addresses are JSON numbers. IPv6 addresses are bigints, which JSON doesn't have: decimal digits in a string. */
const AddressCodec = z.codec(
  z.union([z.int(), z.string().regex(/^\d{1,39}$/)]),
  z.union([z.number(), z.bigint()]),
  {
    decode: (json): AddressNumber => (typeof json === 'string' ? BigInt(json) : json),
    encode: (address) => (typeof address === 'bigint' ? String(address) : address),
  },
)

/** A network's first and last address: `Range` of `lib/core/networks.ts`. */
export const Network = z.tuple([AddressCodec, AddressCodec]).readonly()
