{{ config(materialized='incremental', unique_key='order_id') }}

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_on,
    orders.status,
    coalesce(sum(payments.amount), 0) as amount
from {{ ref('stg_orders') }} as orders
left join {{ ref('stg_payments') }} as payments on payments.order_id = orders.order_id
{% if is_incremental() %}
where orders.ordered_on >= (select max(ordered_on) from {{ this }})
{% endif %}
group by all
