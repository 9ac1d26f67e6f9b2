import localFont from 'next/font/local'

// The console serves the files of these npm packages itself. Next preloads them and adjusts the widths of the fallback fonts, so
// that the page does not shift. Scripts other than Latin use the system's fonts.

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

/** The classes of the root element that set the stylesheet's font variables. */
export const FONT_VARIABLES = `${sans.variable} ${mono.variable}`
