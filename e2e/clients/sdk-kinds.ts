import { openJavascriptSdk } from './javascript-sdk.ts'
import type { OpenedSdk, SdkSettings } from './opened-sdk.ts'
import { findSdkPython, openPythonSdk } from './python-sdk.ts'

const python = findSdkPython()
if (python.missing) console.warn(`Skipped: ${python.missing}`)

type Opened = (settings: SdkSettings) => Promise<OpenedSdk>
/** One class of an SDK. `lbIds`: whether it has that parameter. */
export type Kind = {
  name: string
  open: Opened
  missing: string | null
  region: boolean
  lbIds: boolean
}

const javascript = (kind: 'API' | 'ZonedAPI'): Kind => ({
  name: `JavaScript ${kind}`,
  open: (settings) => openJavascriptSdk(kind, settings),
  missing: null,
  region: kind === 'API',
  lbIds: false,
})
const inPython = (kind: 'LbV1API' | 'LbV1ZonedAPI'): Kind => ({
  name: `Python ${kind}`,
  open: (settings) => openPythonSdk('python' in python ? python.python : '', kind, settings),
  missing: python.missing,
  region: kind === 'LbV1API',
  lbIds: true,
})
export const KINDS = [
  javascript('API'),
  javascript('ZonedAPI'),
  inPython('LbV1API'),
  inPython('LbV1ZonedAPI'),
]
