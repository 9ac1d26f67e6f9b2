/**
 * Goes to a page of the console as a click on a link does: whoever holds links back, such as a form that is not saved
 * yet, asks first. `push` is the router's.
 */
export function followLink(href: string, push: (href: string) => void): void {
  const link = document.createElement('a')
  link.href = href
  link.addEventListener('click', (event) => {
    event.preventDefault()
    // Within a page the browser itself moves, so that whoever follows the fragment hears of it.
    if (link.pathname === location.pathname && link.hash) location.hash = link.hash
    else push(href)
  })
  document.body.append(link)
  link.click()
  link.remove()
}
