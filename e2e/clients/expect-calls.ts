import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import type { SdkApi } from './opened-sdk.ts'

/** The calls that don't change traffic: each function makes those of one kind of object and checks the responses. */

export async function expectCertificateCalls(api: SdkApi, lbId: string): Promise<void> {
  const { key, certificate } = makeCertificate()
  const imported = await api.createCertificate({
    lbId,
    name: 'imported',
    customCertificate: { certificateChain: key + certificate },
  })
  expect(imported).toMatchObject({ status: 'ready', commonName: 'a.example' })
  const asked = await api.createCertificate({
    lbId,
    name: 'asked',
    letsencrypt: { commonName: 'a.example', subjectAlternativeName: [] },
  })
  expect(asked.status).toBe('pending')
  const ended = await api.waitForCertificate({ certificateId: asked.id })
  expect(ended).toMatchObject({
    status: 'error',
    statusDetails: expect.stringContaining('ACME'),
  })
  await api.updateCertificate({ certificateId: imported.id, name: 'renamed' })
  expect((await api.getCertificate({ certificateId: imported.id })).name).toBe('renamed')
  expect((await api.listCertificates({ lbId })).totalCount).toBe(2)
  await api.deleteCertificate({ certificateId: imported.id })
  await expect(api.getCertificate({ certificateId: imported.id })).rejects.toMatchObject({
    status: 404,
  })
}

export async function expectPrivateNetworkCalls(api: SdkApi, lbId: string): Promise<void> {
  const privateNetworkId = randomUUID()
  const attached = await api.attachPrivateNetwork({ lbId, privateNetworkId, ipamIds: [] })
  expect(attached).toMatchObject({ status: 'pending', lb: { privateNetworkCount: 1 } })
  const list = await api.listLbPrivateNetworks({ lbId })
  expect(list.privateNetwork).toMatchObject([{ privateNetworkId, status: 'ready' }])
  await api.detachPrivateNetwork({ lbId, privateNetworkId })
  expect((await api.getLb({ lbId })).privateNetworkCount).toBe(0)
}

export async function expectSubscriberCalls(
  api: SdkApi,
  lbId: string,
  name: string,
): Promise<void> {
  const webhookConfig = { uri: 'https://hooks.example/fairlead' }
  const subscriber = await api.createSubscriber({ name, webhookConfig })
  const subscriberId = subscriber.id
  expect(await api.getSubscriber({ subscriberId })).toMatchObject({ name, webhookConfig })
  expect((await api.listSubscriber({ name })).totalCount).toBe(1)
  const moved = { uri: 'https://hooks.example/other' }
  const updated = await api.updateSubscriber({ subscriberId, name, webhookConfig: moved })
  expect(updated.webhookConfig).toEqual(moved)
  const subscribed = await api.subscribeToLb({ lbId, subscriberId })
  expect(subscribed.subscriber?.id).toBe(subscriberId)
  expect((await api.unsubscribeFromLb({ lbId })).subscriber ?? null).toBeNull()
  await api.deleteSubscriber({ subscriberId })
  await expect(api.getSubscriber({ subscriberId })).rejects.toMatchObject({ status: 404 })
}

/** @param region whether the class is regional; zonal otherwise */
export async function expectEmptyLocations(
  api: SdkApi,
  region: boolean,
  lbId: string,
): Promise<void> {
  for (const scope of region
    ? [{ region: 'pl-waw' }, { region: 'it-mil' }]
    : [{ zone: 'pl-waw-1' }, { zone: 'it-mil-1' }]) {
    expect((await api.listLbs(scope)).totalCount).toBe(0)
    expect((await api.listIPs(scope)).totalCount).toBe(0)
    expect((await api.listRoutes(scope)).totalCount).toBe(0)
    expect((await api.listSubscriber(scope)).totalCount).toBe(0)
    expect((await api.listLbTypes(scope)).totalCount).toBe(0)
    await expect(api.getLb({ ...scope, lbId: lbId })).rejects.toMatchObject({
      status: 404,
    })
    await expect(api.createIp({ ...scope, isIpv6: false })).rejects.toMatchObject({
      status: 400,
      body: { type: 'invalid_arguments' },
    })
  }
}
