"""One invented operation, documented in three forms of page: with Markdown's lines, on one line, and as bare text."""

from __future__ import annotations

MARKDOWN = """\
---
title: "Seal a crate"
url: "https://api.crates.test/seal"
scraped_at: "2031-01-02T07:18:05.487Z"
---

## Seal a crate

Seals a **packed** crate so that it can be shipped. A crate is sealed once.

### header Parameters

| Seal-Key | string <= 40 charactersNames the retry of a request. The server keeps it — at least — for a day. |
| --- | --- |
| Crate-Owner | stringWho owns the crate. |

Responses

200

Sealed

409

The crate is not packed.

Response samples

application/json

`{

-   "id": 7,

-   "colour": "red"

}`
"""

ONE_LINE = (
    "# Seal a crate Seals a packed crate. ### Permission You need the Sealer's permission to run this operation. "
    "Endpoint: PUT /crates/seal Version: 2031-02-20 ## Header parameters: - `Seal-Key` (string) Names the retry of a "
    "request. The server keeps it for a day. ## Request fields (application/json): - `crates` (array) The crates to "
    'seal. Example: [{"id":7,"colour":"red"}] - `crates.id` (integer, required) The crate. - `crates.colour` (string) '
    'The colour of the seal. Enum: "red", "green", "blue" ## Response 200 fields (application/json): - `sealed` '
    "(integer) How many crates are sealed. The maximum value is 100. ## Response 400 fields (application/json): - "
    "`Errors` (array) - `Errors.code` (string) The error code. ## Response 404 fields (application/json): - `Errors` "
    "(array) - `Errors.code` (string) The error code."
)

BARE = """\
Seal Crate

Seals a packed crate by ID, if it exists

Request
URI
PATCH
https://{api_host}/v1/crates/{id}
COPY
Path Parameters
string
id
Required

Crate to seal


Responses
200

Crate was sealed.

Operation doesn't return any data structure

404

Crate not found

Returns Error of type(s) application/json
{
    "errorCode": "string",
    "causes": [
        {
            "type": "string"
        }
    ]
}
string
errorCode
Optional

The minor error code

array of object
causes
Optional

The exceptions behind it.

colour required
string

Colour of the seal.

Enum:
redgreenblue
409

Crate can not be sealed. Only a packed crate can be sealed.

Returns Error of type(s) application/json
"Error Object"
string
errorCode
Optional

The minor error code

array of object
causes
Optional

The exceptions behind it.

500

Something went wrong

Returns Error of type(s) application/json
"Error Object"
string
errorCode
Optional

The minor error code

array of object
causes
Optional

The exceptions behind it.


Code Samples
COPY
                    curl -X PATCH -H 'Authorization: <value>'
"""

FORMS = {"markdown": MARKDOWN, "one-line": ONE_LINE, "bare": BARE}
