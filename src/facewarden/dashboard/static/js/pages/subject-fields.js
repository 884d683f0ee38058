// What is written down about a subject.

export const DETAILS = [
  { name: "name", label: "Name", required: true, attributes: { maxlength: 300, autocomplete: "off" } },
  { name: "external_reference", label: "Case number", help: "No two subjects have the same.", attributes: { maxlength: 200, autocomplete: "off" } },
  { name: "category", label: "Category", help: "Such as missing or barred.", attributes: { maxlength: 200 } },
  { name: "legal_basis", label: "Legal basis", type: "textarea", help: "Why they may be looked for.", attributes: { maxlength: 4000, rows: 2 } },
  { name: "authorised_by", label: "On whose word", attributes: { maxlength: 200 } },
  { name: "notes", label: "Notes", type: "textarea", help: "For the human who gets the alert.", attributes: { maxlength: 4000, rows: 3 } },
  { name: "expires_at", label: "Looked for until", type: "datetime", help: "Your local time. From then on they raise no alert; empty: no end." },
];
