/**
 * Navigates like a click on a link, so that a form with unsaved changes asks first.
 * @param push the `push` of Next's router
 */
export function followLink(href: string, push: (href: string) => void): void {
  const link = document.createElement('a')
  link.href = href
  link.addEventListener('click', (event) => {
    event.preventDefault()
    // Next's router fires no `hashchange` for a new fragment.
    if (link.pathname === location.pathname && link.hash) location.hash = link.hash
    else push(href)
  })
  document.body.append(link)
  link.click()
  link.remove()
}
