select
    id as campaign_id,
    channel,
    spent_cents / 100 as spent,
    clicks
from {{ ref('raw_campaigns') }}
