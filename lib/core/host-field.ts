import * as z from 'zod'
import { parseAuthority } from './host.ts'
import { isSendable } from './wire-text.ts'

/** API fields `host` and `host_header`: a host with or without a port; "" for none. */
export const HostField = z
  .string()
  .trim()
  .max(255, { error: 'Host can have at most 255 characters.' })
  .refine((host) => host === '' || isSendable(host), {
    abort: true,
    error: "Host can't contain spaces or line breaks.",
  })
  .refine((host) => host === '' || parseAuthority(host) !== null, {
    error:
      'Host must be a host name or an address, with a port if it needs one. For example: www.example.com',
  })
