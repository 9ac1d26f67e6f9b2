import { chromium } from '@playwright/test'
import { browserOptions } from '../support/browser.ts'
import { expect, test } from '../support/console-test.ts'
import { startHttpsProxy } from '../support/https-proxy.ts'
import { ADMIN } from '../support/installation.ts'

test('the console works through nginx with its defaults over HTTPS', async ({
  installation,
  api,
}, info) => {
  const proxy = await startHttpsProxy(installation.consoleUrl)
  const options = browserOptions()
  const resolve = `--host-resolver-rules=MAP console.example ${proxy.address}`
  const browser = await chromium.launch({ ...options, args: [...(options.args ?? []), resolve] })
  try {
    const baseURL = `https://console.example:${proxy.port}`
    const page = await browser.newPage({ baseURL, ignoreHTTPSErrors: true })
    await page.goto('/network/ip-addresses')
    await page.getByLabel('Email').fill(ADMIN.email)
    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await expect(page).toHaveURL(`${baseURL}/network/ip-addresses`)
    const cookies = await page.context().cookies()
    const kinds = cookies.map(({ name }) => name.replace(/_[0-9a-f]{12}$/, '')).sort()
    expect(kinds).toEqual(['__Host-fairlead_device', '__Host-fairlead_session'])
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax' })
    }

    const ip = await api.ok<{ id: string; ip_address: string }>(
      'POST',
      '/lb/v1/regions/fr-par/ips',
      {},
    )
    await expect(page.getByText(ip.ip_address)).toBeVisible()
    if (info.project.name === 'phone') await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('button', { name: `Account ${ADMIN.email}` }).click()
    await page.getByRole('menuitem', { name: 'Log out' }).click()
    await expect(page).toHaveURL(/\/login/)
    // The session of this browser is kept.
    const left = await page.context().cookies()
    expect(left.map(({ name }) => name)).toEqual([expect.stringMatching(/^__Host-fairlead_device/)])
    await api.ok('DELETE', `/lb/v1/regions/fr-par/ips/${ip.id}`)
  } finally {
    await browser.close()
    await proxy.remove()
  }
})
