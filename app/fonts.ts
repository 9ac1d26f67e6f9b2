import localFont from 'next/font/local'

// The files come with npm packages and are served by the console itself. Next preloads them, and gives what shows
// before them the same widths, so that nothing moves when they come. Other scripts than Latin fall to the system.

const sans = localFont({
  src: '../node_modules/@fontsource-variable/geist/files/geist-latin-wght-normal.woff2',
  weight: '100 900',
  variable: '--font-geist',
  fallback: ['ui-sans-serif', 'system-ui', 'sans-serif'],
})

const mono = localFont({
  src: '../node_modules/@fontsource-variable/geist-mono/files/geist-mono-latin-wght-normal.woff2',
  weight: '100 900',
  variable: '--font-geist-mono',
  fallback: ['ui-monospace', 'monospace'],
  adjustFontFallback: false,
})

/** For the root element: the variables that the stylesheet's type is made of. */
export const FONT_VARIABLES = `${sans.variable} ${mono.variable}`
