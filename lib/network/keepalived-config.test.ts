import { expect, test } from 'vitest'
import { DEFAULT_CLOCKS } from './clocks.ts'
import { keepalivedConfig, parseNotification } from './keepalived-config.ts'
import { RunFiles } from './run-files.ts'

const PAIR = {
  number: 3,
  own: 'b',
  own_address: '10.0.0.1',
  peer_address: '10.0.0.2',
} as const

test('this host is preferred for the carrier of its own cluster', () => {
  const config = keepalivedConfig(PAIR, 'eth0', DEFAULT_CLOCKS, new RunFiles('/run/x'))
  const instances = config.split('vrrp_instance ').slice(1)
  expect(instances).toHaveLength(2)
  expect(instances[0]).toMatch(/^carrier_5 \{.*virtual_router_id 5\n {2}priority 100\n/s)
  expect(instances[1]).toMatch(/^carrier_6 \{.*virtual_router_id 6\n {2}priority 150\n/s)
  for (const instance of instances) {
    expect(instance).toContain('nopreempt')
    expect(instance).toContain('advert_int 0.04\n')
    expect(instance).toContain('unicast_src_ip 10.0.0.1\n')
    expect(instance).toContain('10.0.0.2 min_ttl 255\n')
  }
})

test.each([
  ['INSTANCE "carrier_5" MASTER 150', { vrid: 5, state: 'owner' }],
  ['INSTANCE "carrier_5" BACKUP 150', { vrid: 5, state: 'backup' }],
  ['INSTANCE "carrier_254" FAULT 100', { vrid: 254, state: 'fault' }],
  ['INSTANCE "carrier_5" STOP 100', { vrid: 5, state: 'fault' }],
  ['INSTANCE "carrier_5" MASTER_RX_LOWER_PRI 150', { vrid: 5, state: 'announce' }],
  ['INSTANCE "other" MASTER 150', null],
  ['GROUP "carrier_5" MASTER 150', null],
])('%s', (line, notification) => {
  expect(parseNotification(line)).toEqual(notification)
})
