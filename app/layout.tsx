import './globals.css'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { THEME_COOKIE, themeOf } from '#components/shell/theme.ts'
import { installationId } from '#lib/bff/settings.ts'
import { ownName } from '#lib/core/own-name.ts'
import { FONT_VARIABLES } from './fonts.ts'

export const metadata: Metadata = {
  title: { default: 'Fairlead', template: '%s · Fairlead' },
  description: 'A self-hosted load balancer on a highly available IP address.',
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  colorScheme: 'light dark',
}

/** The layout of all pages: fonts, colours and theme. Reading the cookie makes each page dynamic, which the nonce requires. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const installation = installationId()
  const theme = themeOf((await cookies()).get(ownName(THEME_COOKIE, installation))?.value)
  return (
    <html
      lang="en"
      className={FONT_VARIABLES}
      data-installation={installation}
      data-theme={theme === 'system' ? undefined : theme}
    >
      <body>{children}</body>
    </html>
  )
}
