/// <reference types="next/image-types/global" />
import type { DocImages } from '#components/docs/pages/markdown.tsx'
import demoDark from './images/demo-dark.png'
import demoLight from './images/demo-light.png'
import overviewDark from './images/overview-dark.png'
import overviewLight from './images/overview-light.png'

/** The pictures of the documentation, by their path in the text. The console shows the one of its theme. */
export const DOC_IMAGES: DocImages = {
  'images/demo-light.png': { light: demoLight, dark: demoDark },
  'images/overview-light.png': { light: overviewLight, dark: overviewDark },
}
