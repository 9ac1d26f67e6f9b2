import { randomUUID } from 'node:crypto'
import type { Lb } from '#lib/core/lb.ts'
import { makeCertificate, makeExpiredCertificate } from '#lib/testing/make-certificate.ts'
import { expectAccessible } from '../support/axe.ts'
import { expect, logIn, test } from '../support/console-test.ts'

const REGION = '/lb/v1/regions/fr-par'
let lb: Lb

test.beforeEach(async ({ page, api }, info) => {
  const name = `certified-${info.project.name}-${info.testId}`
  lb = await api.ok<Lb>('POST', `${REGION}/lbs`, { name })
  await logIn(page)
})
test.afterEach(({ api }) => api.ok('DELETE', `${REGION}/lbs/${lb.id}?release_ip=true`))

test('certificates are imported from a file or requested, and show their state', async ({
  page,
}) => {
  await page.goto(`/network/load-balancers/${lb.id}`)
  await page.getByRole('link', { name: 'Certificates' }).click()
  await expect(page.getByText('TLS is not offloaded in this release.')).toBeVisible()
  await page.getByRole('button', { name: 'Add certificate' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(dialog.getByText('Certificate name is required.')).toBeVisible()
  await expect(dialog.getByLabel('Name', { exact: true })).toBeFocused()
  await dialog.getByLabel('Name', { exact: true }).fill('shop')
  await dialog.getByLabel('Certificate', { exact: true }).fill('-----BEGIN CERTIFICATE-----')
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  const pem = dialog.getByLabel('Certificate', { exact: true })
  await expect(pem).toHaveAttribute('aria-invalid', 'true')
  await expectAccessible(page, 'a certificate in error')
  const { key, certificate } = makeCertificate({ names: 'DNS:shop.example,DNS:www.shop.example' })
  await dialog.getByLabel('Or from files').setInputFiles([
    { name: 'key.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(key) },
    { name: 'shop.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(certificate) },
  ])
  await expect(pem).toHaveValue(/PRIVATE KEY[\s\S]*BEGIN CERTIFICATE/)
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  const card = page.getByRole('region', { name: 'shop', exact: true })
  await expect(card).toContainText('shop.example, www.shop.example')
  await expect(card).toContainText(/Expires in (29|30) days|Valid/)
  await expect(card).toContainText('EC, prime256v1')
  await expect(card).toContainText(/SHA-256 fingerprint([0-9A-F]{2}:){31}/)

  await page.getByRole('button', { name: 'Add certificate' }).click()
  await dialog.getByRole('radio', { name: "Let's Encrypt" }).check()
  await dialog.getByLabel('Name', { exact: true }).fill('requested')
  await dialog.getByLabel('Domain name', { exact: true }).fill('www.example.com')
  await dialog.getByRole('button', { name: 'Request' }).click()
  const requested = page.getByRole('region', { name: 'requested' })
  await expect(requested).toContainText('Error')
  await expect(requested).toContainText('Reason')
  await expectAccessible(page, 'certificates')

  await page.getByRole('button', { name: 'Delete certificate shop' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete certificate' }).click()
  await expect(card).toBeHidden()
})

test('an expired certificate is imported with a warning, and shown as expired', async ({
  page,
}) => {
  await page.goto(`/network/load-balancers/${lb.id}/certificates`)
  await page.getByRole('button', { name: 'Add certificate' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill('old')
  const { key, certificate } = makeExpiredCertificate()
  await dialog.getByLabel('Certificate', { exact: true }).fill(key + certificate)
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(page.getByText('Certificate imported, but it has expired')).toBeVisible()
  const card = page.getByRole('region', { name: 'old', exact: true })
  await expect(card).toContainText('Expired')
  await expect(card).toContainText('14 November 2022 to 14 November 2023')
})

test('private networks are attached and detached, and a type is changed', async ({ page, api }) => {
  await page.goto(`/network/load-balancers/${lb.id}/private-networks`)
  await expect(page.getByText('Private networks have no effect on traffic here.')).toBeVisible()
  await page.getByRole('button', { name: 'Attach private network' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Private network ID').fill('mine')
  await dialog.getByRole('button', { name: 'Attach' }).click()
  await expect(dialog.getByText('Enter a valid ID (UUID).')).toBeVisible()
  const id = randomUUID()
  await dialog.getByLabel('Private network ID').fill(id)
  await dialog.getByRole('button', { name: 'Attach' }).click()
  const table = page.getByRole('table', { name: 'Private networks' })
  await expect(table).toContainText('Attached')
  await expect(table.getByRole('rowheader')).toHaveText([id])
  await expectAccessible(page, 'private networks')
  await page.getByRole('button', { name: `Detach ${id}` }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Detach' }).click()
  await expect(page.getByText('No private networks')).toBeVisible()

  await page.goto(`/network/load-balancers/${lb.id}`)
  await page.getByRole('button', { name: 'Change type' }).click()
  await expect(dialog.getByRole('radio', { name: /LB-S \(now\) 200 Mbit/ })).toBeChecked()
  await dialog.getByRole('radio', { name: /LB-GP-M/ }).check()
  await expectAccessible(page, 'a change of type')
  await dialog.getByRole('button', { name: 'Change type' }).click()
  await expect(page.getByRole('definition').filter({ hasText: 'LB-GP-M' })).toBeVisible()
  await expect.poll(async () => (await api.lb(lb.id)).type).toBe('lb-gp-m')
})
