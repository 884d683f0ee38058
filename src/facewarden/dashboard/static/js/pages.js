// Every page of the dashboard, in the order of the navigation.
//
// HOW A PAGE IS ADDED
// 1. Write pages/<name>.js with one export:
//
//      export async function render(place) { ... }
//
//    `place` holds
//      root     the element to fill (a <div> below the page's <h1>)
//      api      ../api.js: get, read, post, put, patch, delete, page, all, blob, upload
//      session  ../session.js: state, login, may("subject.write")
//      events   ../events.js: onAlert(signal, run), onReload(signal, run), state
//      parts    what follows the page in the address: #/subjects/12 gives ["12"]
//      query    URLSearchParams of the address
//      signal   aborts when the page is left: pass it to api calls, listeners and timers
//      title(text, ...extra)  puts another heading, and elements such as buttons beside it
//    A Problem that render throws is shown, with a button to try again.
// 2. Add its line below. Who lacks the permission (one, or any of a list) does not see it.
//    `hidden: true` keeps it out of the navigation.
// 3. Parts to build with: dom.js (h, fill, said), table.js (table, roving), form.js (form,
//    saveMerging), dialog.js (openDialog, ask), problem.js (problemBox), toast.js (toast,
//    announce), picture.js, keys.js (bindKeys), words.js (time, ago, figure), router.js (href, go).
//    Text of people goes through h() or said(); nothing sets markup. Colours are those of
//    css/tokens.css; no style attributes (the page's policy refuses them).

export const PAGES = [
  { path: "alerts", title: "Alerts", group: "Watch", permission: "alert.read", load: () => import("./pages/alerts.js") },
  { path: "wall", title: "Live wall", group: "Watch", permission: "live.view", load: () => import("./pages/wall.js") },
  { path: "subjects", title: "Subjects", group: "People", permission: "subject.read", load: () => import("./pages/subjects.js") },
  { path: "enrol", title: "Enrol", group: "People", permission: "subject.write", load: () => import("./pages/enrol.js") },
  { path: "watchlists", title: "Watchlists", group: "People", permission: "watchlist.read", load: () => import("./pages/watchlists.js") },
  { path: "sightings", title: "Sightings", group: "People", permission: "sighting.read", load: () => import("./pages/sightings.js") },
  { path: "lookups", title: "Look-ups", group: "People", permission: "lookup.run", load: () => import("./pages/lookups.js") },
  { path: "deployments", title: "Deployments", group: "Govern", permission: "deployment.read", load: () => import("./pages/deployments.js") },
  { path: "reports", title: "Reports", group: "Govern", permission: "report.read", load: () => import("./pages/reports.js") },
  { path: "audit", title: "Audit", group: "Govern", permission: "audit.read", load: () => import("./pages/audit.js") },
  { path: "cameras", title: "Cameras", group: "Set up", permission: "camera.read", load: () => import("./pages/cameras.js") },
  { path: "users", title: "Users", group: "Set up", permission: "user.manage", load: () => import("./pages/users.js") },
  { path: "system", title: "System", group: "Set up", permission: ["health.read", "model.read", "subject.write"], load: () => import("./pages/system.js") },
  { path: "settings", title: "Your account", group: "You", permission: null, load: () => import("./pages/settings.js") },
];
