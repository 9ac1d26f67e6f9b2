/** Creates a join token in Paris. @returns it with the control plane's address: `fl1.…@10.99.0.2:3443` */
export async function joinTarget(
  { apiUrl, secretKey }: { apiUrl: string; secretKey: string },
  name: string,
  cluster: 'a' | 'b',
): Promise<string> {
  const response = await fetch(`${apiUrl}/fairlead/v1/nodes/tokens`, {
    method: 'POST',
    headers: { 'X-Auth-Token': secretKey, 'Content-Type': 'application/json' },
    body: JSON.stringify({ region: 'fr-par', cluster, name }),
  })
  const body = (await response.json()) as { command?: string }
  const target = body.command?.split(' ').at(-1)
  if (!target) throw new Error(`No token: ${response.status} ${JSON.stringify(body)}`)
  return target
}
