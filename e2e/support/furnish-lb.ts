import type { Lb } from '#lib/core/lb.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import type { Api } from './api.ts'

const REGION = '/lb/v1/regions/fr-par'
const NETWORK = '0b3a3c52-5b5c-4d6c-8a51-3b0f0e8f7a10'

/** Adds one of every other object to a load balancer with the frontend `public` and the backend `api`. */
export async function furnishLb(api: Api, { id }: Lb): Promise<{ publicId: string }> {
  const post = <T>(path: string, body: object) => api.ok<T>('POST', REGION + path, body)
  const { frontends, backends } = await api.children(id)
  const publicId = frontends.find(({ name }) => name === 'public')?.id ?? ''
  const apiId = backends.find(({ name }) => name === 'api')?.id
  const path = { path_begin: '/api/', match_subdomains: false }
  await post('/routes', { frontend_id: publicId, backend_id: apiId, match: path })
  await post(`/frontends/${publicId}/acls`, {
    name: 'office only',
    index: 0,
    action: { type: 'deny' },
    match: {
      ip_subnet: ['203.0.113.0/24'],
      http_filter: 'path_begin',
      http_filter_value: ['/admin'],
      invert: false,
    },
  })
  const { key, certificate } = makeCertificate({ names: 'DNS:shop.example,DNS:www.shop.example' })
  await post(`/lbs/${id}/certificates`, {
    name: 'shop',
    custom_certificate: { certificate_chain: key + certificate },
  })
  await post(`/lbs/${id}/certificates`, {
    name: 'requested',
    letsencrypt: { common_name: 'shop.example', subject_alternative_name: [] },
  })
  await api.ok('POST', `/lb/v1/zones/fr-par-1/lbs/${id}/attach-private-network`, {
    private_network_id: NETWORK,
  })
  const subscriber = await post<{ id: string }>('/subscribers', {
    name: 'on call',
    webhook_config: { uri: 'https://hooks.example.com/load-balancers' },
  })
  await post(`/lb/${id}/subscribe`, { subscriber_id: subscriber.id })
  return { publicId }
}
