select
    channel,
    sum(spent) as spent,
    sum(clicks) as clicks,
    sum(spent) / sum(clicks) as spent_per_click
from {{ ref('campaigns') }}
group by channel
